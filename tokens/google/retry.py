"""How patient the portal is with Google. When exactly, `accounts.leases.retry` works out."""

from accounts.leases.retry import SLOW, RetryPolicy

# A ticket that Google could not give: a person is waiting, so the first tries come quickly.
TICKET = RetryPolicy(first=5, longest=900, tries=8)
# … because Google was out of order: nobody has to press a button when the outage is over.
TICKET_OUTAGE = RetryPolicy(first=5, longest=900, tries=8, tail=SLOW)
# An account that was accepted but is not listed yet becomes visible within minutes.
VISIBILITY = RetryPolicy(first=2, longest=300, tries=10)
# … or hours later: whatever a ticket may have made is looked for until then.
LOOKS = RetryPolicy(first=2, longest=300, tries=10, tail=SLOW)
# Property and stream: the account exists, so patience costs nobody anything.
SETUP = RetryPolicy(first=5, longest=1800, tries=12)
# A new key of a service account: Google accepts it seconds to minutes after it was made.
PROBE = RetryPolicy(first=2, longest=60, tries=16)
# A permission that is to end: two days of tries and more, so that a long outage ends first.
REVOKE = RetryPolicy(first=30, longest=21_600, tries=20)
# A rotation that meets an outage of Google: half a day of tries and more, then people are told.
ROTATE = RetryPolicy(first=5, longest=7200, tries=20)
