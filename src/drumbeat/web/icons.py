"""The icons: strokes on a 24-unit grid, drawn for Drumbeat."""

from __future__ import annotations

ICONS: dict[str, str] = {
    "home": '<path d="M4 18a8.5 8.5 0 1 1 16 0"/><path d="M12 15.5 16 10"/><circle cx="12" cy="16" r="1.4"/>',
    "board": '<path d="M4 6h8M8 12h9M12 18h8"/>',
    "orders": '<path d="M6 3.5h9l3.5 3.5v13.5H6z"/><path d="M9.5 11h5.5M9.5 15h5.5"/>',
    "plan": '<path d="M4 19h16"/><path d="M7 16v-5M12 16V5M17 16V8.5"/>',
    "demand": '<path d="M4 19.5h16"/><path d="M4 15l4.5-5 3.5 3 3-4"/><path d="M15 9l5-4.5" stroke-dasharray="2 2.4"/>',
    "lab": '<path d="M9.5 4h5"/><path d="M8 14.5h8"/>'
    '<path d="M10.5 4v5.5L5.6 17.7A1.5 1.5 0 0 0 6.9 20h10.2a1.5 1.5 0 0 0 1.3-2.3L13.5 9.5V4"/>',
    "strategy": '<path d="M5 20V5"/><path d="M5 5.5h11l-2.5 3.5 2.5 3.5H5"/><path d="M9 20h10"/>',
    "what-if": '<path d="M6 20V10.5"/><path d="M6 13c0-4 3-5.5 6.5-5.5H18"/><path d="M6 13.5c0 4 3 5 6.5 5H18"/>'
    '<path d="M15.5 4.5l3 3-3 3M15.5 15.5l3 3-3 3"/>',
    "data": '<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 10h16M4 14.5h16M10 10v9"/>',
    "jobs": '<path d="M20 12a8 8 0 1 1-2.6-5.9"/><path d="M20.5 3.5v4h-4"/><path d="M12 8v4l2.5 2"/>',
    "user": '<circle cx="12" cy="8.5" r="3.5"/><path d="M5 20c.8-3.6 3.5-5.5 7-5.5s6.2 1.9 7 5.5"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4'
    'M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "moon": '<path d="M19.5 14A8 8 0 0 1 10 4.5a8 8 0 1 0 9.5 9.5z"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="m15.5 15.5 4.5 4.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "download": '<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"/>',
    "upload": '<path d="M12 16V5M7.5 9 12 4.5 16.5 9M5 20h14"/>',
    "left": '<path d="m14.5 6-6 6 6 6"/>',
    "right": '<path d="m9.5 6 6 6-6 6"/>',
    "up": '<path d="m6 14.5 6-6 6 6"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "close": '<path d="M6 6l12 12M18 6 6 18"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "alert": '<path d="M12 4 21 19.5H3z"/><path d="M12 10v4.5M12 17v.1"/>',
    "edit": '<path d="M5 19l.8-4L16 4.8a1.6 1.6 0 0 1 2.3 0l.9.9a1.6 1.6 0 0 1 0 2.3L9 18.2z"/>',
    "trash": '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5"/>',
    "play": '<path d="M8 5.5v13l10.5-6.5z"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/>',
    "link": '<path d="M14 5h5v5M19 5l-8 8M17 14v5H5V7h5"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
}
"""Inner SVG by icon name."""
