"""Addresses of pages about organisations."""

from django.urls import path

from accounts.views.tenants import tenant_new

urlpatterns = [path("t/new/", tenant_new, name="tenant-new")]
