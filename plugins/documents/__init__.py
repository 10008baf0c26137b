"""PDF files that people attach: taken apart, made anew from what a page shows, proved clean, sent as downloads."""
