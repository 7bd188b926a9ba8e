"""Found when the portal starts: who has secrets that rotations of master keys must not forget."""

from allauth.mfa.models import Authenticator
from django.db.models import signals

from portal.authentication.second_steps import SecondSteps, bind, know_owner, settle
from tokens.clients.services.portal_secrets import PortalSecrets
from tokens.encryption.services.secret_stores import SECRET_STORES

SECRET_STORES.extend((SecondSteps(), PortalSecrets()))

signals.post_init.connect(know_owner, sender=Authenticator)
signals.pre_save.connect(bind, sender=Authenticator)
signals.post_save.connect(settle, sender=Authenticator)
