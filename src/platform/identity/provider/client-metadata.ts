import type { AdapterPayload, ResponseType } from 'oidc-provider';
import type { ClientFacts } from '../clients/client-book.ts';

const CODE: readonly ResponseType[] = ['code'];
/** Every client may ask an enterprise that is not at its screen: who asks is admitted, not the client. */
const BACKCHANNEL = 'urn:openid:params:grant-type:ciba';

/** A client as FAPI 2.0 has every one of them: its own key, its own proof, its request pushed beforehand. */
export function clientMetadata(client: ClientFacts): AdapterPayload {
  return {
    client_id: client.clientId,
    client_name: client.label,
    redirect_uris: [...client.redirectUris],
    grant_types: [...client.grantTypes, BACKCHANNEL],
    backchannel_token_delivery_mode: 'poll',
    response_types: client.redirectUris.length === 0 ? [] : CODE,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: client.jwks.map((jwk) => ({ ...jwk, kty: String(jwk.kty) })) },
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
    authorization_details_types: ['credit_information'],
  };
}
