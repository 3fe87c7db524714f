"""Lets InnerEye-Inference, which knows only a service principal with a password, sign in with the
managed identity of its web app.

The app makes a ServicePrincipalAuthentication from TENANT_ID, APPLICATION_ID and a password. Of that
class one method is exchanged, the one that gives the credential; the cache around it, which keeps a
token until five minutes before its end, stays. APPLICATION_ID is the client id of the identity; the
password must not be empty, and nobody reads it.
"""

from typing import Any

from azure.identity import ManagedIdentityCredential
from azureml.core.authentication import ServicePrincipalAuthentication

_METHOD = "_get_sp_credential_object"


def _credential(authentication: Any) -> ManagedIdentityCredential:
    # Made anew each time: azureml-core copies its authentication deeply, and a credential holds locks.
    return ManagedIdentityCredential(client_id=authentication._service_principal_id)


def install() -> None:
    """Exchanges the credential; to be called before the app is imported."""
    if not callable(getattr(ServicePrincipalAuthentication, _METHOD, None)):
        raise RuntimeError(
            f"azureml-core has no ServicePrincipalAuthentication.{_METHOD} any more: "
            "the sign-in by managed identity does not fit this version."
        )
    setattr(ServicePrincipalAuthentication, _METHOD, _credential)
