"""What is wrong or doubtful in a data set; needs no torch."""
