"""CMS's correct-coding edits: code pairs, units a day, and modifiers that no edit asks for."""
