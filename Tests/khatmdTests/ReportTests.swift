import Encodings
import Fixtures
import Foundation
import LogClients
import Testing

@testable import khatmd

/// Reports of misuse: the form, what lands in the folder, and what does not.
@Suite struct ReportTests {
  private func folder() throws -> String {
    let path = NSTemporaryDirectory() + "khatm-misuse-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func form(_ fields: [(String, String)]) -> [UInt8] { Array(Page.address("", fields).utf8.dropFirst()) }
  private let type = ["Content-Type": "application/x-www-form-urlencoded"]

  @Test func aReportLandsInTheQueue() async throws {
    let path = try folder()
    let queue = try MisuseQueue(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover of a test is no failure
    let server = try await TestServer(misuse: queue)
    let issued = try server.sample.issue()
    for (lang, word) in [
      ("en", "Report misuse"), ("ar", "الإبلاغ عن إساءة استخدام"), ("fr", "Signaler un abus"), ("zh", "举报滥用"),
    ] {
      let html = try await server.get("/c/\(issued.id)?page=https%3A%2F%2Fthief.example%2F&lang=\(lang)").text
      #expect(
        html.contains(word) && html.contains("action=\"/report\"") && html.contains("name=\"checked\" value=\"sha-256:")
      )
    }
    let html = try await server.get("/c/\(issued.id)?page=https%3A%2F%2Fthief.example%2F").text
    let digest = try #require(
      html.components(separatedBy: "name=\"checked\" value=\"").dropFirst().first?.components(separatedBy: "\"").first
    )
    let sent = try await server.ask(
      "POST",
      "/report",
      type,
      body: form([
        ("id", "\(issued.id)"), ("kind", "other_page"), ("page", "https://thief.example/"),
        ("text", "متجر مقلَّد\r\n\u{1B}[31m"), ("lang", "ar"), ("checked", digest),
      ])
    )
    #expect(sent.status == 303)
    let to = try #require(sent.headers["location"])
    let thanks = try await server.get(to)
    #expect(thanks.status == 200 && thanks.text.contains("شكرًا لك") && thanks.headers["set-cookie"] == nil)

    let report = try #require(queue.waiting().reports.first)
    #expect(queue.waiting().reports.count == 1 && queue.waiting().unreadable.isEmpty)
    #expect(to.contains(report.reference) && thanks.text.contains(report.reference))
    #expect(
      report.kind == .otherPage && "\(report.id)" == "\(issued.id)" && report.page == "https://thief.example/"
        && report.text.hasPrefix("متجر") && report.language == "ar"
    )
    #expect(
      report.verdict == "other_page" && report.codes == ["binding_no_match"] && report.digest == digest
        && report.receipt == nil && report.at == now
    )
    // Nothing of the person: no address, no agent, no time zone.
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["\(report.reference).json"])
    #expect(
      Set(report.json.names.map(\.string)) == [
        "v", "reference", "at", "kind", "id", "page", "text", "lang", "verdict", "codes", "digest", "receipt",
      ]
    )

    try queue.close(report.reference)
    #expect(queue.waiting().reports.isEmpty)
    #expect(throws: MisuseQueue.Rejection.unknown(report.reference)) { try queue.close(report.reference) }
  }

  @Test func whatIsNoReportIsRefused() async throws {
    let path = try folder()
    let queue = try MisuseQueue(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover of a test is no failure
    let server = try await TestServer(misuse: queue)
    let issued = try server.sample.issue()
    let id = "\(issued.id)"
    let good = [("id", id), ("kind", "other"), ("lang", "en")]
    let bad: [([(String, String)], [String: String], Int)] = [
      ([("id", "7Q2M"), ("kind", "other")], type, 400), ([("id", id), ("kind", "rumour")], type, 400),
      ([("id", id)], type, 400),
      (good + [("name", "Nadia")], type, 400), (good + [("text", String(repeating: "a", count: 4_001))], type, 400),
      (good + [("receipt", String(repeating: "a", count: 24_577))], type, 400),
      (good + [("checked", "a b")], type, 400),
      (good + [("page", String(repeating: "a", count: 2_049))], type, 400),
      (good + [("text", String(repeating: "a", count: 70_000))], type, 413),
      (good, ["Content-Type": "text/plain"], 415),
      (good, type.merging(["Sec-Fetch-Site": "cross-site"]) { a, _ in a }, 403),
    ]
    for (fields, headers, status) in bad {
      let reply = try await server.ask("POST", "/report", headers, body: form(fields))
      #expect(reply.status == status, "\(fields.map(\.0)) \(reply.status)")
      #expect(reply.headers["content-type"]?.hasPrefix("text/html") == true)
    }
    #expect(queue.waiting().reports.isEmpty)
    #expect(try await server.get("/report?reference=nothing").status == 404)
    // A service without a queue has neither form nor route.
    let without = try await TestServer()
    #expect(try await without.ask("POST", "/report", type, body: form(good)).status == 404)
    #expect(try await !without.get("/c/\(try without.sample.issue().id)").text.contains("/report"))
  }

  @Test func aFloodIsSlowedAndTheQueueIsCapped() async throws {
    let path = try folder()
    defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover of a test is no failure
    let server = try await TestServer(misuse: try MisuseQueue(path: path))
    let id = "\(try server.sample.issue().id)"
    var statuses: [Int] = []
    for _ in 0..<8 {
      statuses.append(
        try await server.ask("POST", "/report", type, body: form([("id", id), ("kind", "other")])).status
      )
    }
    #expect(statuses == [303, 303, 303, 303, 303, 429, 429, 429])
    let told = try await server.ask(
      "POST",
      "/report",
      type,
      body: form([("id", id), ("kind", "other"), ("lang", "fr")])
    )
    #expect(told.headers["retry-after"] != nil && told.text.contains("too_many_reports"))

    let small = try folder()
    defer { try? FileManager.default.removeItem(atPath: small) }  // a leftover of a test is no failure
    let full = try await TestServer(misuse: try MisuseQueue(path: small, cap: 2))
    let other = "\(try full.sample.issue().id)"
    var codes: [Int] = []
    for _ in 0..<3 {
      codes.append(try await full.ask("POST", "/report", type, body: form([("id", other), ("kind", "other")])).status)
    }
    #expect(codes == [303, 303, 503])
  }

  /// The folder is written by an exposed program: what lies there is not believed.
  @Test func aStrangeFileIsNoReport() throws {
    let path = try folder()
    let queue = try MisuseQueue(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover of a test is no failure
    var random = SystemRandomNumberGenerator()
    var good = MisuseReport(
      reference: MisuseReport.reference(using: &random),
      at: now,
      kind: .other,
      id: CredentialID(random: [UInt8](repeating: 7, count: 10)),
      page: "",
      text: ""
    )
    good.verdict = "genuine"
    try queue.file(good)
    #expect(throws: MisuseQueue.Rejection.self) { try queue.file(good) }
    try Data(good.json.canonical()).write(to: URL(filePath: path + "/AAAAAAAAAAAA.json"))  // under another name
    try Data("{".utf8).write(to: URL(filePath: path + "/BBBBBBBBBBBB.json"))
    try Data(repeating: 0x20, count: MisuseQueue.maxReportBytes + 1).write(
      to: URL(filePath: path + "/CCCCCCCCCCCC.json")
    )
    try FileManager.default.createSymbolicLink(atPath: path + "/DDDDDDDDDDDD.json", withDestinationPath: "/etc/passwd")
    try FileManager.default.createDirectory(atPath: path + "/EEEEEEEEEEEE.json", withIntermediateDirectories: true)
    let found = queue.waiting()
    #expect(found.reports == [good] && found.unreadable.count == 5)
    #expect(throws: MisuseQueue.Rejection.unknown("../../etc")) { try queue.report("../../etc") }
    #expect(throws: FollowFailure.missing(path: path + "/none")) { try MisuseQueue(path: path + "/none") }
  }
}
