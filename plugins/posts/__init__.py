"""Posts: the `Clé: valeur` header, French dates, and what a post is."""
