public import Encodings

extension Decision {
  /// The answer object (`docs/formats.md`).
  public func json() -> JSON {
    do throws(JSONRejection) {
      return try JSON.parse(canonical(), limits: .document)
    } catch {
      return .null
    }  // what was written canonically can be read
  }

  /// The answer object in canonical form.
  /// - Parameter more: members that a service adds, in the order of their names, each with its canonical value.
  public func canonical(adding more: [(name: StaticString, value: [UInt8])] = []) -> [UInt8] {
    var writer = AnswerWriter(more: more[...])
    writer.member("answerNotAfter") { $0.value(answerNotAfter) }
    if let asOf { writer.member("asOf") { $0.value(asOf) } }
    if credential == nil, let askedID { writer.member("asked") { $0.value(["id": JSON(askedID.description)]) } }
    writer.member("axes") { out in
      out.openObject()
      out.name("authenticity")
      out.value(axes.authenticity.rawValue)
      out.name("binding")
      out.value(axes.binding.rawValue)
      out.name("freshness")
      out.value(axes.freshness.rawValue)
      out.name("status")
      out.value(axes.status.rawValue)
      out.closeObject()
    }
    writer.member("checkedAt") { $0.value(checkedAt) }
    let rendered = credential?.render()
    writer.member("credential") { out in
      guard let rendered else { return out.value(.null) }
      out.openObject()
      out.raw(rendered.before)
      out.name("supersededBy")
      out.value(supersededBy.map { JSON($0) } ?? .null)
      out.raw(rendered.after)
      out.closeObject()
    }
    if let log {
      writer.member("log") { out in
        out.openObject()
        out.name("leaf")
        out.value(.integer(min(Int64(clamping: log.leaf), JSON.largestInteger)))
        out.name("origin")
        out.value(log.origin)
        out.name("size")
        out.value(.integer(min(Int64(clamping: log.size), JSON.largestInteger)))
        out.closeObject()
      }
    }
    if let pageAsked {
      writer.member("page") { out in
        out.openObject()
        out.name("asked")
        out.value(pageAsked)
        out.name("final")
        out.value(.null)
        out.name("key")
        out.value(key.map { .string($0) } ?? .null)
        out.name("statedBy")
        out.value("caller")
        out.closeObject()
      }
    }
    writer.member("reasons") { out in
      out.openArray()
      for reason in reasons { out.value(reason.json) }
      out.closeArray()
    }
    if let recognisedBy { writer.member("recognisedBy") { $0.value(recognisedBy) } }
    writer.member("registered") { out in
      if let credential, !bindings.isEmpty {
        out.value(.array(credential.storefronts.map(registered)))
      } else if let rendered {
        out.raw(rendered.registered)
      } else {
        out.value([])
      }
    }
    if let stateSince { writer.member("stateSince") { $0.value(stateSince) } }
    writer.member("statusAsOf") { $0.value(statusAsOf) }
    if let platformsVersion { writer.member("tables") { $0.value(["platforms": JSON(platformsVersion)]) } }
    writer.member("v") { $0.value(1) }
    writer.member("verdict") { $0.value(verdict.rawValue) }
    return writer.finish()
  }

  /// A page of the certificate with what the chamber last said of it.
  private func registered(_ page: VerifiedCredential.Storefront) -> JSON {
    let age = bindings[page.key]
    return .object(
      JSONObject([
        "kind": JSON(page.kind), "key": JSON(page.key), "display": JSON(page.display),
        "state": age.map { JSON($0.state.rawValue) },
        "since": age.map { JSON($0.since.description) }, "provedAt": age?.provedAt.map { JSON($0.description) },
        "reproveBy": age?.reproveBy.map { JSON($0.description) },
        "provedBy": age?.method.map { JSON($0) },
      ])
    )
  }
}

/// The members of an answer, ours and a service's, in one order.
private struct AnswerWriter {
  private var out = CanonicalJSONWriter(capacity: 2_048), more: ArraySlice<(name: StaticString, value: [UInt8])>

  init(more: ArraySlice<(name: StaticString, value: [UInt8])>) {
    self.more = more
    out.openObject()
  }

  mutating func member(_ name: StaticString, _ write: (inout CanonicalJSONWriter) -> Void) {
    while let next = more.first, Self.precedes(next.name, name) { add(next) }
    out.name(name)
    write(&out)
  }

  private mutating func add(_ next: (name: StaticString, value: [UInt8])) {
    out.name(next.name)
    out.raw(next.value)
    more = more.dropFirst()
  }

  mutating func finish() -> [UInt8] {
    while let next = more.first { add(next) }
    out.closeObject()
    return out.bytes
  }

  private static func precedes(_ left: StaticString, _ right: StaticString) -> Bool {
    UnsafeBufferPointer(start: left.utf8Start, count: left.utf8CodeUnitCount)
      .lexicographicallyPrecedes(UnsafeBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount))
  }
}
