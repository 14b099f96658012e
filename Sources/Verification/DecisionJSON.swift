public import Encodings

extension Decision {
  /// The answer object (`docs/formats.md`).
  public func json(registered extra: [JSON] = []) -> JSON {
    var object = JSONObject([
      "v": 1, "verdict": .string(Text(verdict.rawValue)),
      "axes": ["authenticity": JSON(axes.authenticity.rawValue), "status": JSON(axes.status.rawValue),
               "binding": JSON(axes.binding.rawValue), "freshness": JSON(axes.freshness.rawValue)],
      "reasons": .array(reasons.map(\.json)),
      "credential": .null, "registered": [],
      "checkedAt": JSON(checkedAt.description), "statusAsOf": statusAsOf.map { JSON($0.description) } ?? .null,
      "answerNotAfter": JSON(answerNotAfter.description),
    ])
    if let credential {
      object["credential"] = [
        "id": JSON(credential.id), "url": JSON(credential.url), "programme": JSON(credential.programme),
        "issuer": ["id": JSON(credential.issuer), "name": JSON(credential.issuerName)],
        "subject": ["names": .array(credential.names.map { ["lang": JSON($0.language), "text": JSON($0.text)] }),
                    "registerId": JSON(credential.registerID), "country": JSON(credential.country),
                    "membershipNumber": JSON(credential.membershipNumber),
                    "memberSince": credential.memberSince.map { JSON($0.description) } ?? .null],
        "validFrom": JSON(credential.validFrom.description), "validUntil": JSON(credential.validUntil.description),
        "tokenDigest": JSON("sha-256:" + credential.tokenDigest),
        "supersededBy": supersededBy.map { JSON($0) } ?? .null,
      ]
      object["registered"] = .array(credential.storefronts.map { ["kind": JSON($0.kind), "key": JSON($0.key), "display": JSON($0.display)] })
    } else if let askedID {
      object["asked"] = ["id": JSON(askedID.description)]
    }
    if let stateSince { object["stateSince"] = JSON(stateSince.description) }
    if let pageAsked {
      object["page"] = ["asked": JSON(pageAsked), "final": .null, "key": pageKey.map { JSON($0) } ?? .null, "statedBy": "caller"]
    }
    if let log {
      object["log"] = ["origin": JSON(log.origin), "size": .integer(min(Int64(clamping: log.size), JSON.largestInteger)), "leaf": .integer(min(Int64(clamping: log.leaf), JSON.largestInteger))]
    }
    if let recognisedBy { object["recognisedBy"] = JSON(recognisedBy) }
    if let platformsVersion { object["tables"] = ["platforms": JSON(platformsVersion)] }
    return .object(object)
  }
}
