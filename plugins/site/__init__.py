"""The site of one centre: settings of the centre and of the city, and what leaves today, ready for the templates."""
