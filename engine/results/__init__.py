"""What finished runs are worth: tables of scores, costs and facts, exact and ready to be drawn or exported."""
