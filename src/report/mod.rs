//! Findings and verdicts as text and JSON. Pure.
