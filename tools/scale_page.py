"""What ``tools.scale`` has measured, in words and tables for docs/scale.md, and held against the targets."""

from __future__ import annotations

from typing import Any

from lggseg.pages.marked import Marks

MARKS = Marks("measured")

Figures = dict[str, Any]

_LAPTOP_CORES, _CLUSTER_CORES = 8, 100
_COHORTS = (10_000, 1_000_000)
_HOUR, _DAY_HOURS = 3600.0, 48.0


def missed_targets(figures: Figures) -> list[str]:
    """Return in words each target that was missed."""
    memory, large = figures["memory_mb"], figures["large"]
    beside = figures["thick"]["beside_network_s"]
    growth = memory["late"] / memory["early"]
    targets = (
        (figures["throughput"]["ratio"] >= 0.9, f"throughput ratio {figures['throughput']['ratio']:.2f}, wanted .9"),
        (growth <= 1.1, f"memory grew to {growth:.2f} times what it was among the first studies, wanted 1.1 at most"),
        (large["320"]["peak_mb"] <= 1000, f"320^3: {large['320']['peak_mb']:.0f} MB, wanted 1000 at most"),
        (large["512"]["peak_mb"] <= 2000, f"512^3: {large['512']['peak_mb']:.0f} MB, wanted 2000 at most"),
        (beside <= 0.3, f"a second study: {beside:.2f} s beside its network, wanted .3 at most"),
    )
    return [words for met, words in targets if not met]


def text_of(figures: Figures) -> str:
    """Return what stands between the marks."""
    about, memory, large = figures["machine"], figures["memory_mb"], figures["large"]
    return "\n".join(
        [
            f"Measured on {about['cores']} cores of {about['processor']}, {about['system']}, one thread a process; "
            f"load of other work before: {about['load_before']:g}.",
            "",
            _cost_table(figures["thick"], figures["thin"]),
            "",
            f"{_throughput(figures['throughput'])} Peak memory of one study: "
            f"{large['320']['peak_mb'] / 1000:.2f} GB for 320 x 320 x 320 voxels, "
            f"{large['512']['peak_mb'] / 1000:.2f} GB for 512 x 512 x 512. Over {memory['studies']} small studies one "
            f"process held {memory['early']:.0f} MB among the first and {memory['late']:.0f} MB among the last "
            f"(medians), {memory['most']:.0f} MB at most.",
            "",
            "So that, with one core a process:",
            "",
            _cohort_table(figures["thick"], figures["thin"]),
        ]
    )


def _throughput(found: Figures) -> str:
    ratios = ", ".join(f"{ratio:.2f}" for ratio in sorted(found["ratios"]))
    return (
        "Two processes of a cohort, against two that know nothing of each other, taking turns: "
        f"{found['ratio']:.2f} times the throughput (median of {len(found['ratios'])} rounds: {ratios})."
    )


def _cost_table(thick: Figures, thin: Figures) -> str:
    rows = (
        ("processor time a study, warm: read, segment, measure", "study_cpu_s", "s"),
        ("of that the network, each slice as it is and mirrored", "network_cpu_s", "s"),
        ("report with all slices, picture, mask", "writing_cpu_s", "s"),
        ("a second study by the clock, beside its network", "beside_network_s", "s"),
        ("results on disk, without probability map", "disk_mb", "MB"),
    )
    lines = [f"| {words} | {thick[key]:.2f} {unit} | {thin[key]:.2f} {unit} |" for words, key, unit in rows]
    head = ["| | 26 slices of 256 x 256, 5 mm | 155 slices of 240 x 240, 1 mm |", "| --- | ---: | ---: |"]
    return "\n".join([*head, *lines])


def _cohort_table(thick: Figures, thin: Figures) -> str:
    head = (
        f"| studies | core hours, thick to thin slices | on a laptop with {_LAPTOP_CORES} cores | on {_CLUSTER_CORES} "
        "cores | on disk |"
    )
    lines = [head, "| ---: | ---: | ---: | ---: | ---: |"]
    for studies in _COHORTS:
        hours = [studies * (kind["study_cpu_s"] + kind["writing_cpu_s"]) / _HOUR for kind in (thick, thin)]
        disk = [studies * kind["disk_mb"] / 1000 for kind in (thick, thin)]
        cells = [
            f"{studies:,}".replace(",", " "),
            _range([f"{one:,.0f}".replace(",", " ") if one >= 100 else f"{one:.3g}" for one in hours]),
            _range([duration(one / _LAPTOP_CORES) for one in hours]),
            _range([duration(one / _CLUSTER_CORES) for one in hours]),
            _range([f"{one:.3g} GB" if one < 1000 else f"{one / 1000:.2g} TB" for one in disk]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _range(values: list[str]) -> str:
    return " to ".join(values)


def duration(hours: float) -> str:
    """Return a duration as a person says it."""
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours < _DAY_HOURS else f"{hours / 24:.1f} days"
