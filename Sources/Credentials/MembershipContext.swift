public import Encodings
internal import PKI

/// The JSON-LD context `/ns/membership/v1`: every term of ours that the contexts of W3C and Open Badges do not define.
///
/// Served as `application/ld+json`, never changed once published: credentials pin it by hash.
public enum MembershipContext {
  /// The document for an authority whose vocabulary lives at `https://<host>/ns/membership/v1#`.
  public static func bytes(host: Text) -> [UInt8] {
    var context: JSONObject = ["@protected": true, "km": JSON("https://\(host)\(MembershipCredential.contextPath)#")]
    for term in types + texts { context[Text(term)] = .object(["@id": JSON("km:\(term)")]) }
    for term in addresses { context[Text(term)] = .object(["@id": JSON("km:\(term)"), "@type": "@id"]) }
    for term in moments {
      context[Text(term)] = .object(["@id": JSON("km:\(term)"), "@type": "http://www.w3.org/2001/XMLSchema#dateTime"])
    }
    // The page a credential is bound to. Scoped, so that `kind` and `key` mean nothing elsewhere.
    context["storefronts"] = .object([
      "@id": "km:storefronts",
      "@context": .object([
        "@protected": true, "kind": "km:storefrontKind",
        "key": "km:storefrontKey", "display": "km:storefrontDisplay",
      ]),
    ])
    // The context of W3C defines iss, sub, iat, nbf and exp, but not jti.
    context["jti"] = .object(["@id": "https://www.iana.org/assignments/jwt#jti", "@type": "@id"])
    return JSONObject(["@context": .object(context)]).canonical()
  }

  /// Subresource integrity of those bytes (VCDM 2.0 section 5.3): `sha384-` and base64.
  public static func digestSRI(host: Text) -> Text { Text("sha384-" + Base64.encode(SHA2.sha384(bytes(host: host)))) }

  static let types = [
    "ChamberMembershipCredential", "ChamberTrainingCredential", "ChamberRepresentativeCredential",
    "ChamberBusinessCardCredential", "ChamberMember", "MemberPerson", "RegisteredOrganization",
  ]
  static let texts =
    [
      "memberOrganization", "memberPerson", "legalNameText", "organizationIdentifier", "registrationNumber",
      "jurisdictionCode", "legalFormText", "legalFormCode", "taxRegistrationNumber", "leiCode", "membershipNumber",
      "membershipTier",
    ] + PersonClaim.allCases.map(\.rawValue)
  static let addresses = ["registrationAuthority", "authorizedOrigin"]
  static let moments = ["memberSince"]
}
