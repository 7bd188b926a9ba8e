"""Browsers that apps open inside themselves, where Google lets nobody sign in. Pure.

Google refuses embedded web views with `disallowed_useragent`, on a page that leads nowhere
(developers.google.com/identity/protocols/oauth2/policies, "Use secure browsers").
"""

import re

# What an app's own browser says of itself, most telling first.
_APPS: tuple[tuple[str, str], ...] = (
    ("Instagram", "Instagram"),
    ("MessengerForiOS", "Messenger"),
    ("MessengerLiteForiOS", "Messenger"),
    ("Orca-Android", "Messenger"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("LinkedInApp", "LinkedIn"),
    ("Twitter for iPhone", "X"),
    ("TwitterAndroid", "X"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("Snapchat", "Snapchat"),
    ("[Pinterest/", "Pinterest"),
    ("MicroMessenger", "WeChat"),
    (" Line/", "LINE"),
    ("KAKAOTALK", "KakaoTalk"),
    ("Telegram-Android", "Telegram"),
    ("TeamsMobile-", "Teams"),
)
_ANDROID_WEB_VIEW = re.compile(r"Android [^)]*; wv\)")
_IOS = re.compile(r"\((?:iPhone|iPad|iPod)[;\w ]")
# Every real browser of iOS says so, whatever it is called besides.
_IOS_BROWSER = "Safari/"
UNNAMED = "an app"


def app_around(user_agent: str) -> str:
    """The app in whose own browser somebody is; empty in a browser that Google accepts."""
    for mark, app in _APPS:
        if mark in user_agent:
            return app
    if _ANDROID_WEB_VIEW.search(user_agent):
        return UNNAMED
    is_web_view = _IOS.search(user_agent) and "AppleWebKit/" in user_agent
    return UNNAMED if is_web_view and _IOS_BROWSER not in user_agent else ""
