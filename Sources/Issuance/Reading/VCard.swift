internal import Credentials
package import Encodings
internal import Registry

extension RegistryReader {
  /// A business card as vCard 4.0 (RFC 6350), from what was signed and from nothing else; `URL` is the link that checks
  /// it.
  package func vCard(_ id: CredentialID) throws -> [UInt8] {
    guard let record = try registry.credentials.find(id: id.description), let parts = record.parts else {
      throw ActRejection(.credentialUnknown, subject: id.description)
    }
    let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
    guard let name = credential.person[.personName] else {
      throw ActRejection(.notACard(programme: record.programme), subject: id.description)
    }
    var lines = ["BEGIN:VCARD", "VERSION:4.0", "KIND:individual", "FN:\(Self.escaped(name.string))"]
    // Family and given name are not told apart: names of two cultures would be cut wrongly.
    lines.append("N:\(Self.escaped(name.string));;;;")
    if let organization = credential.organization.name(in: "en") {
      lines.append("ORG:\(Self.escaped(organization.value.string))")
    }
    if let title = credential.person[.jobTitle] { lines.append("TITLE:\(Self.escaped(title.string))") }
    if let email = credential.person[.workEmail] { lines.append("EMAIL;TYPE=work:\(Self.escaped(email.string))") }
    if let phone = credential.person[.workPhone] { lines.append("TEL;TYPE=work;VALUE=uri:tel:\(phone.string)") }
    lines.append("URL:\(BadgeLink.url(id, host: authority.host))")
    lines.append("NOTE:\(Self.escaped("\(credential.issuer.name.string): \(credential.name.string)"))")
    lines.append(
      "REV:\(Instant(seconds: record.issuedAt ?? record.validFrom).description.filter { $0 != "-" && $0 != ":" })"
    )
    lines.append("END:VCARD")
    return lines.flatMap { Self.folded($0) }
  }

  /// RFC 6350 3.4.
  private static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", ",", ";":
        out.unicodeScalars.append("\\")
        out.unicodeScalars.append(scalar)
      case "\n", "\r": out += "\\n"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// RFC 6350 3.2: lines of at most 75 octets, never cut inside a character.
  private static func folded(_ line: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var width = 0
    for scalar in line.unicodeScalars {
      let piece = Array(String(scalar).utf8)
      if width + piece.count > 75 {
        bytes += [0x0D, 0x0A, 0x20]
        width = 1
      }
      bytes += piece
      width += piece.count
    }
    return bytes + [0x0D, 0x0A]
  }
}
