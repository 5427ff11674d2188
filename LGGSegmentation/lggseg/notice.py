"""What every page, report and command says to whoever meets a result."""

RESEARCH_USE = "Research use only. Not a medical device; not for diagnosis, treatment or any decision about a patient."
