"""Photos: from a phone's file to upright, sRGB variants that carry nothing but pixels."""
