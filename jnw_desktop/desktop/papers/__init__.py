"""What leaves on paper or as a document: printing, handing out, the register of it."""
