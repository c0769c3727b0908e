"""The terminal: reads run folders, draws them, starts and stops workers. It imports nothing of engine.worker."""
