"""What every page, report and command says to whoever meets a result."""

RESEARCH_USE = "Research use only. Not a medical device; not for diagnosis, treatment or any decision about a patient."

LICENCE = "Code: MIT. Model weights: CC BY-NC-SA 4.0, as the data they learnt from: no commercial use."
"""What the extension, the help text and the first-run question say of the licences."""
