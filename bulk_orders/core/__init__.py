"""The pure part: sheets, differences, actions and plans. It knows no clock, no disk and no network."""
