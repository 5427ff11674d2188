"""What a series description, a protocol, a file or a node is called, and what sequence that means.

The words were collected from the descriptions of five vendors and of public data sets; see ``Testing/data``.
"""

from __future__ import annotations

import re
import unicodedata

from lggseg.volumes.sequence.kinds import Finding, Kind

_ENDINGS = re.compile(r"(\.seg)?\.(nii|nrrd|nhdr|mha|mhd|mgz|mgh|hdr|img|h5|dcm|tiff?)(\.gz)?$")

_BIDS_LABELS = re.compile(r"\b(sub|ses|run|acq|task|dir|echo|desc|rec)-[a-z0-9]+")
"""BIDS' own key-value pairs: what ``ses-post`` says is no contrast agent."""

_REWRITTEN = (
    (re.compile(r"post[ _-]?(op|operative|surgery|surgical)\b"), " "),
    (re.compile(r"dark[ _-]*(extra[ _-]*)?fl(uid)?(?![a-z])|darkfluid|da[ _-]fl(?![a-z])"), " flair "),
    (re.compile(r"druckwasser|fluid[ _-]*attenuated"), " flair "),
    (
        re.compile(r"((\b(in|on|space)|to)[ _-]*|(?<=[a-z]{2})2)t1\w*([ _-]*space)?\b|\bt1[ _-]*space\b"),
        " ",
    ),  # moved onto T1
    (re.compile(r"\+\s*(c|k|km|gd)(?![a-z])|(?<![a-z])(c|gd)\s*\+"), " contrast "),
    (re.compile(r"t2\s*\*"), " t2star "),
    (re.compile(r"t\s?2[ _-]*(w[ _-]*)?star"), " t2star "),
)

_AGENT = r"(post\w*|gd|gad(o\w*|av\w*)?|[ck]ontrast\w*|ce|km|civ|iv|enh(anced)?)"
_WITHOUT_AGENT = re.compile(
    rf"\b(pre|before|avant|nativ[e]?|plain|w ?o)\b|\b(pre|before|avant|without|non?|utan|ohne|sans|sin|un) ?{_AGENT}\b"
)
_WITH_AGENT = re.compile(
    rf"\b{_AGENT}\b|\bt1w?(c|ce|gd|gado|gad|km|ks|post)\b|t1(c|ce|gd|gado|gad|post)\b|\bct1\b|"
    r"(t1|bravo|spgr|vibe|mprage|tfe)\b.* c( \d+)?$"
)
_POST = re.compile(r"\bpost|t1w?post")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_MASK = _any(
    r"\b(brain)?masks?\d*\b", r"\b[da]?seg(m|s|mentations?|mented)?\b", r"\blabels?(map)?\b", r"\broi\b",
    r"\bglistrboost\b", r"\bconsensus\b", r"\b(ground )?truth\b", r"\bot\b", r"\bannotations?\b", r"\bpredictions?\b",
    r"\bprobability\b", r"\b(wmh|lesions?)$", r"^(gt|tumou?r|edema|necrosis)$",
)  # fmt: skip
_DIFFUSION = _any(
    r"\b\w*dwi\b", r"\bd?dw\b", r"\bdti", r"\bdi+f+(usion)?\b", r"diffusion", r"\bd?adc\b", r"trace", r"\bhardi\b",
    r"\b(col)?fa\b(?! ?\d)", r"\btensor\b", r"\bivim\b", r"\bdmri", r"\bb ?(50|[1-9]\d?00)\b",
)  # fmt: skip
_OTHER = _any(
    # pictures to plan by, calibration, screenshots
    r"locali[sz]", r"scout", r"\bb?loc(s|_\w+)?\b", r"\bsurv(ey)?\b", r"smartbrain", r"\b\d ?pl(ane)?\b",
    r"\bcal(ib\w*)?\b", r"phoenix", r"screen ?s", r"field ?map", r"\bb0 ?(rf )?map", r"\bb0rf\b", r"\bshim",
    r"\breport\b",
    # function and perfusion
    r"\bbold", r"fmri", r"\bresting", r"^rest\b", r"\bp?c?asl\b", r"\b(rel|r)?cb[fv]\b", r"blood flow",
    r"\bperf(usion)?\b", r"\bpwi\b", r"\bdsc\b", r"\bdce\b", r"dynamic", r"spectro", r"\bcsi\b", r"\bmrs\b",
    # susceptibility and vessels
    r"\bswi", r"\bswan\b", r"\bmin ?ip\b", r"\bmn?ip", r"\bpha(se)?\b", r"\bmag\b", r"t2star", r"\bhemo\b", r"\btof",
    r"\bmr[av]\b", r"angio", r"\d?d?pca\b",
    # other machines, other contrasts, what was computed
    r"\bpet\b", r"ctac", r"\bnac\b", r"\bct[av]?\b", r"stir\b", r"\bdual\b", r"\bnm\b", r"\bdir\b", r"mp2rage",
    r"subtract", r"\bsubs?$", r"\bt[12] ?(map|rho)", r"\bmapping\b",
)  # fmt: skip
_FLAIR = _any(r"flair", r"\bflr\b", r"\bfla\b", r"\bt2 ?f\b", r"\bspc ?ir\b", r"\bspcir", r"^fl to sri\b")
_T1 = _any(
    r"\b[se]?(ax|cor|sag|tra)?t1", r"(?<=[a-z])t1w", r"3dt1", r"\bct1\b", r"mp ?rage", r"bravo", r"spgr", r"fsgpr",
    r"\btf[le]\b", r"\bvibe\b",
)  # fmt: skip
_T2 = _any(r"\b[se]?(ax|cor|sag|tra)?t2", r"3dt2", r"\bfrfse\b", r"vista")
_LEFT_OVER = _any(r"\bpd(w|t2)?\b", r"proton", r"\bgre\b", r"\bmtc?\b")


def plain(text: str) -> str:
    """Return a name in small letters and plain words, its ending and BIDS labels left out.

    Examples:
        >>> plain("t2_tirm_tra_dark-fluid"), plain("sub-01_ses-post_FLAIR.nii.gz")
        ('t2 tirm tra flair', 'flair')
    """
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().strip()
    text = _BIDS_LABELS.sub(" ", _ENDINGS.sub("", text.replace("_", " ")))
    for pattern, word in _REWRITTEN:
        text = pattern.sub(word, text)
    return " ".join(re.split(r"[^a-z0-9]+", text)).strip()


def kind_of_name(text: str) -> Kind:
    """Return what a name says, ``UNKNOWN`` where it says nothing.

    Examples:
        >>> kind_of_name("Ax T1 FLAIR"), kind_of_name("FLAIR_mask"), kind_of_name("BraTS-GLI-00000-000-t2f.nii.gz")
        (<Kind.T1: 't1'>, <Kind.MASK: 'mask'>, <Kind.FLAIR: 'flair'>)
    """
    words = plain(text)
    for pattern, kind in ((_MASK, Kind.MASK), (_OTHER, Kind.OTHER), (_DIFFUSION, Kind.DIFFUSION)):
        if pattern.search(words):
            return kind
    if _T1.search(words):  # before FLAIR: «T1 FLAIR» is a T1
        return Kind.T1_CONTRAST if says_contrast(text) else Kind.T1
    if _FLAIR.search(words):
        return Kind.FLAIR
    if _T2.search(words):
        return Kind.UNKNOWN if "tirm" in words else Kind.T2  # a T2 TIRM is FLAIR or STIR, by its inversion time
    if _LEFT_OVER.search(words):
        return Kind.OTHER
    last = words.rpartition(" ")[2]  # «patient1_pre», «patient1_post»: T1 around the contrast agent
    return {"pre": Kind.T1, "post": Kind.T1_CONTRAST}.get(last, Kind.UNKNOWN)


def says_contrast(text: str) -> bool:
    """Tell whether a name speaks of a contrast agent that was given."""
    words = plain(text)
    if _WITHOUT_AGENT.search(words) and not _POST.search(words):
        return False
    return bool(_WITH_AGENT.search(words))


def finding(text: str) -> Finding | None:
    """Return what a name speaks for, or None where it does not say."""
    kind = kind_of_name(text)
    if kind is Kind.UNKNOWN:
        return None
    return Finding(kind, 0.9, f"the name «{text.strip()}» says {kind.words}")
