"""Why a mail program stays offline: what a pasted answer proves, what it does not, and what to do next.

``read`` takes signs out of a text and leaves the text behind; ``explain`` says what they mean, for a person
whose live state may be known. Pure; nothing is looked up.
"""

from commands.diagnosis.advice import Circumstances, explain
from commands.diagnosis.model import Diagnosis, Evidence
from commands.diagnosis.reading import read

__all__ = ["Circumstances", "Diagnosis", "Evidence", "explain", "read"]
