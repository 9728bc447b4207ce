from django.urls import path

from portal.pages.access import Access, page
from portal.pages.home import home
from portal.pages.pending import pending_page
from portal.pages.sign_in import SignInView, SignOutView

urlpatterns = [
    path("home", home, name="home"),
    path("resources", pending_page, name="resources"),
    path("people", pending_page, name="people"),
    path("account", pending_page, name="account"),
    path("sign-in", page(Access.PUBLIC, methods=("GET", "POST"))(SignInView.as_view()), name="sign_in"),
    path("sign-out", page(Access.SIGNED_IN, methods=("POST",))(SignOutView.as_view()), name="sign_out"),
]
