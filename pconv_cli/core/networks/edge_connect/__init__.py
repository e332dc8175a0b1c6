"""EdgeConnect: edges, then colours."""
