"""Two runs side by side: what differs in their settings and in their scores, and whether the second is worse."""
