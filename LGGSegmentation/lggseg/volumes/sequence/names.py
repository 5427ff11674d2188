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

_MASK = re.compile(
    r"\b(brain)?mask(s|ed)?\d*\b|\b(d|a)?seg(m|s|mentations?|mented)?\b|\blabels?(map)?\b|\broi\b|\bglistrboost\b|"
    r"\bconsensus\b|\b(ground )?truth\b|\bot\b|\bannotations?\b|\b(wmh|lesions?)$|^(gt|tumou?r|edema|necrosis)$|\bpredictions?\b|\bprobability\b"
)
_DIFFUSION = re.compile(
    r"\bd?d?wi\b|\b\w*dwi\b|\bd?dw\b|\bdti|\bdi+f+(usion)?\b|diff(usion|use)?|\bd?adc\b|\b\w*trace\w*\b|\bhardi\b|"
    r"\b(col)?fa\b(?! ?\d)|\btensor\b|\bivim\b|\bdmri\w*\b|\bb ?\d{3,4}\b|\bedwi\b"
)
_OTHER = re.compile(
    r"locali[sz]|scout|\b(b )?loc(s|_\w+)?\b|\bsurv(ey)?\b|smartbrain|\b\d ?pl(ane)?\b|\bcal(ib\w*)?\b|phoenix|"
    r"\bscreen ?sav\w*\b|screenshot|field ?map|\bb0 ?(rf )?map|\bb0rf\b|\bshim|\bgre b0\b|"
    r"\bbold|fmri|\bresting|rsfmri|^rest\b|\bep(i)? ?bold|\bp?c?asl\b|\bpasl|\bcb[fv]\b|\b(rel|r)cb[fv]\b|\bperf(usion)?\b|\bpwi\b|"
    r"\bdsc\b|\bdce\b|spectro|\bcsi\b|\bmrs\b|\bswi|\bswan\b|\bmip|\bmnip|\bpha(se)?\b|\bmag\b|t2star|\bhemo\b|"
    r"\btof|\bmr[av]\b|angio|\bpca\b|\d?dpca|\bpet\b|ctac|\bnac\b|\bct[av]?\b|dynamic|stir\b|\bdual\b|\bmt\b|\bnm\b|\bmtc\b|"
    r"\bdir\b|mp2rage|\breport\b|\bsub(traction|tracted)?\b|\bt[12] ?(map|rho)|\b[mt]?2? ?mapping\b|\bgre\b"
)
_FLAIR = re.compile(r"flair|\bflr\b|\bfla\b|\bt2 ?f\b|\bspc ?ir\b|\bspcir|^fl to sri\b")
_T1 = re.compile(
    r"\b[se]?(ax|cor|sag|tra)?t1|(?<=[a-z])t1w|\bt1|mp ?rage|bravo|\w*spgr|fsgpr|\btfl|\btfe|\bvibe\b|\bct1\b|"
    r"\b3dt1|\b\d?d?_?t1"
)
_T2 = re.compile(r"\b[se]?(ax|cor|sag|tra)?t2|\bt2|\bfrfse\b|\b3dt2|vista")
_DENSITY = re.compile(r"\bpd(w|t2)?\b|proton")


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
    return Kind.OTHER if _DENSITY.search(words) else Kind.UNKNOWN


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
