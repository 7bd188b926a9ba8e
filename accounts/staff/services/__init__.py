"""Support views, error reports and e-mails to staff."""
