"""The charts of a report, each a picture that is there at once, and a description that a browser draws anew."""
