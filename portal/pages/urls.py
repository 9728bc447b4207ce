from django.urls import path

from portal.pages.home import home
from portal.pages.sign_in import SignInView, SignOutView

urlpatterns = [
    path("", home, name="home"),
    path("sign-in", SignInView.as_view(), name="sign_in"),
    path("sign-out", SignOutView.as_view(), name="sign_out"),
]
