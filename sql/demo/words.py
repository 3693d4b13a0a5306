"""Words that demo data is made of."""

FIRST_NAMES = ("Ada", "Boris", "Chen", "Dina", "Elif", "Farid", "Greta", "Hugo", "Irina", "Jonas", "Kaya", "Lena")
LAST_NAMES = ("Abbot", "Belova", "Costa", "Dvorak", "Eriksen", "Fischer", "Garcia", "Horvat", "Ivanova", "Jansen")
ADJECTIVES = ("Bright", "Northern", "Open", "Quiet", "Rapid", "Silver", "Urban", "Vivid")
NOUNS = ("Harbor", "Lab", "Meadow", "Forum", "Guild", "Studio", "Summit", "Works")
TOPICS = ("Data", "Design", "Jazz", "Robotics", "Running", "Security", "Theatre", "Wine")
OCCASIONS = ("Conference", "Evening", "Festival", "Meetup", "Night", "Summit", "Weekend", "Workshop")
TICKETS = ("Early bird", "Standard", "VIP")
TIMEZONES = ("Europe/Berlin", "Europe/Moscow", "UTC", "Asia/Tbilisi", "America/New_York")
METRICS = ("page_view", "event_view", "registration_started", "registration_completed", "login", "search")
TEMPLATES = ("registration_confirmed", "event_cancelled", "event_reminder", "payment_received")
REASONS = ("Attendee cancelled", "Event cancelled", "Charged twice")
