"""What is measured, drawn and written while a run goes."""
