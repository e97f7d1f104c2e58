"""What people and scripts see: data in, text or HTML out. Nothing here prints, asks or decides."""
