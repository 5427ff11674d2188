"""What people look at: pages in HTML, plots in SVG, overlays."""
