"""Signing in and up, second steps, sessions: how django-allauth is fitted in."""
