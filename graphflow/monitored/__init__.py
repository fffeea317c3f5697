"""Sessions that look after training: they initialize, save, report, and survive failures."""
