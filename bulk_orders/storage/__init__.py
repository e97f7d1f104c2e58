"""The disk: sheets, base snapshots, plan files, journals. Files are whole or not there, and private."""
