public import Encodings

extension Decision {
  /// The answer object (`docs/formats.md`).
  public func json(registered extra: [JSON] = []) -> JSON {
    let rendered = credential?.render()
    var shown = rendered?.shown
    if let supersededBy, shown != nil { shown?["supersededBy"] = JSON(supersededBy) }
    var object: JSONObject = [
      "v": 1, "verdict": .string(Text(verdict.rawValue)),
      "axes": ["authenticity": JSON(axes.authenticity.rawValue), "status": JSON(axes.status.rawValue),
               "binding": JSON(axes.binding.rawValue), "freshness": JSON(axes.freshness.rawValue)],
      "reasons": .array(reasons.map(\.json)),
      "credential": shown.map { .object($0) } ?? .null, "registered": rendered?.registered ?? [],
      "checkedAt": JSON(checkedAt.description), "statusAsOf": statusAsOf.map { JSON($0.description) } ?? .null,
      "answerNotAfter": JSON(answerNotAfter.description),
    ]
    if credential == nil, let askedID { object["asked"] = ["id": JSON(askedID.description)] }
    if let credential, !bindings.isEmpty {
      object["registered"] = .array(credential.storefronts.map { page in
        let age = bindings[page.key]
        return .object(JSONObject([
          "kind": JSON(page.kind), "key": JSON(page.key), "display": JSON(page.display), "state": age.map { JSON($0.state.rawValue) },
          "since": age.map { JSON($0.since.description) }, "provedAt": age?.provedAt.map { JSON($0.description) }, "reproveBy": age?.reproveBy.map { JSON($0.description) },
          "provedBy": age?.method.map { JSON($0) },
        ]))
      })
    }
    if let asOf { object["asOf"] = JSON(asOf.description) }
    if let stateSince { object["stateSince"] = JSON(stateSince.description) }
    if let pageAsked {
      object["page"] = ["asked": JSON(pageAsked), "final": .null, "key": pageKey.map { JSON($0) } ?? .null, "statedBy": "caller"]
    }
    if let log {
      object["log"] = ["origin": .string(log.origin), "size": .integer(min(Int64(clamping: log.size), JSON.largestInteger)), "leaf": .integer(min(Int64(clamping: log.leaf), JSON.largestInteger))]
    }
    if let recognisedBy { object["recognisedBy"] = JSON(recognisedBy) }
    if let platformsVersion { object["tables"] = ["platforms": JSON(platformsVersion)] }
    return .object(object)
  }
}
