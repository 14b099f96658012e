internal import Credentials
internal import Encodings
package import Profiles
internal import Registry
package import Sheets

/// A sheet of people, read.
package struct ClaimsSheet: Sendable {
  package let orders: [IssueOrder]
  package let faults: [CellRejection]
  package let rowCount: Int
}

extension Issuer {
  /// A sheet of people: `chamber`, `member_number`, and a column for each claim of the programme.
  package func read(claims bytes: [UInt8], programme: Programme) throws -> ClaimsSheet {
    let known = (programme.requiredClaims + programme.optionalClaims).map(\.rawValue).filter {
      PersonClaim(rawValue: $0) != nil
    }
    var orders: [IssueOrder] = []
    var faults: [CellRejection] = []
    var count = 0
    do throws(CellRejection) {
      var reader = try CSVReader(bytes)
      guard let heading = try reader.next() else { throw CellRejection(row: 1, .fileEmpty) }
      let names = heading.cells.map(\.string)
      for name in names where name != "chamber" && name != "member_number" && !known.contains(name) {
        throw CellRejection(
          row: heading.line,
          column: name,
          .headingUnknown,
          params: [
            "heading": "'\(name.prefix(40))'", "known": (["chamber", "member_number"] + known).joined(separator: ", "),
          ]
        )
      }
      guard Set(names).count == names.count else {
        throw CellRejection(row: heading.line, .headingDuplicate, params: ["heading": "a heading"])
      }
      guard let chamber = names.firstIndex(of: "chamber"), let number = names.firstIndex(of: "member_number") else {
        throw CellRejection(row: heading.line, .headingMissing, params: ["heading": "chamber or member_number"])
      }
      while let row = try reader.next() {
        count += 1
        guard row.cells.count == names.count else {
          faults.append(
            CellRejection(
              row: row.line,
              row.cells.count < names.count ? .columnsMissing : .columnsExtra,
              params: ["found": "\(row.cells.count)", "expected": "\(names.count)"]
            )
          )
          continue
        }
        var claims = JSONObject()
        for (index, name) in names.enumerated() where index != chamber && index != number && !row.cells[index].isEmpty {
          claims[Text(name)] = .string(row.cells[index])
        }
        let found: Member?
        do throws(RegistryFailure) {
          found = try registry.members.find(chamber: row.cells[chamber].string, number: row.cells[number].string)
        } catch { found = nil }
        guard let member = found else {
          faults.append(
            CellRejection(
              row: row.line,
              column: "member_number",
              code: "member_unknown",
              message: "The member is not in the register.",
              params: [:]
            )
          )
          continue
        }
        orders.append(IssueOrder(member: member, row: row.line, claims: claims))
      }
    } catch { faults.append(error) }
    return ClaimsSheet(orders: orders, faults: faults, rowCount: count)
  }
}
