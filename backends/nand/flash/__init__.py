"""The flash device: pages in a sparse file, dies on a bus, their controller, regions of models."""
