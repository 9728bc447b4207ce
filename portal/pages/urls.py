from django.urls import path

from portal.pages import account, fallbacks, invitations, members, people, resources
from portal.pages.access import Access, page
from portal.pages.sign_in import SignInView, SignOutView

MEMBERS = "projects/<uuid:project_id>/members"
PERSON = "people/<uuid:person_id>"
RESOURCE = "resources/<uuid:resource_id>"

urlpatterns = [
    path("favicon.ico", fallbacks.favicon, name="favicon"),
    path("resources", resources.resources, name="resources"),
    path("resources/new", resources.new_resource, name="new_resource"),
    path(f"{RESOURCE}/notes", resources.notes, name="resource_notes"),
    path(f"{RESOURCE}/delete", resources.delete, name="delete_resource"),
    path(f"{RESOURCE}/keys/<int:slot>", resources.hidden_key, name="hidden_key"),
    path(f"{RESOURCE}/keys/<int:slot>/reveal", resources.shown_key, name="reveal_key"),
    path(f"{RESOURCE}/keys/<int:slot>/regenerate", resources.fresh_key, name="regenerate_key"),
    path("people", people.people, name="people"),
    path("people/invite", people.invite, name="invite_person"),
    path(f"{PERSON}/reset-password", people.reset_password, name="reset_password"),
    path(f"{PERSON}/disable", people.disable, name="disable_person"),
    path(f"{PERSON}/enable", people.enable, name="enable_person"),
    path(f"{PERSON}/make-administrator", people.give_administration, name="make_administrator"),
    path(f"{PERSON}/unmake-administrator", people.take_administration, name="unmake_administrator"),
    path("invitations/<str:token>", invitations.invitation, name="invitation"),
    path("account", account.account, name="account"),
    path(MEMBERS, members.members, name="members"),
    path(f"{MEMBERS}/set", members.set_member, name="set_member"),
    path(f"{MEMBERS}/<uuid:person_id>/remove", members.drop_member, name="remove_member"),
    path("sign-in", page(Access.PUBLIC, methods=("GET", "POST"))(SignInView.as_view()), name="sign_in"),
    path("sign-out", page(Access.SIGNED_IN, methods=("POST",))(SignOutView.as_view()), name="sign_out"),
]
