"""Files in and out, with a record of every row that did not fit."""
