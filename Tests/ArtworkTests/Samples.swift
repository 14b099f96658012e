import Artwork
import Encodings
import Foundation
import FoundationXML
import Messages
import Testing

/// The companies of these tests: one ordinary, one that fills every line.
enum Samples {
  static func id() throws -> CredentialID { try CredentialID(reading: "7Q2M4XW9K3PDT5HBPA") }

  static func names(_ pairs: (String, String)...) throws -> [PrintedName] {
    try pairs.map { try PrintedName($0.1, language: $0.0) }
  }

  static func short(member: String = "Al Noor Trading LLC") throws -> BadgeFacts {
    try BadgeFacts(
      chamberNames: names(("en", "Example Chamber"), ("ar", "غرفة المثال")),
      id: id(),
      verifyHost: "khatm.example",
      memberNames: names(("en", member), ("ar", "شركة النور للتجارة ذ.م.م")),
      registered: ["https://alnoor.example/"]
    )
  }

  static func long() throws -> BadgeFacts {
    let host = "https://" + String(repeating: "building-materials-company.", count: 8) + "en.alibaba.example/"
    return try BadgeFacts(
      chamberNames: names(
        ("en", "Ras Al Khaimah Chamber of Commerce and Industry and Agriculture and Navigation"),
        ("ar", "غرفة تجارة وصناعة وزراعة رأس الخيمة"),
        ("fr", "Chambre de commerce et d’industrie de Ras el Khaïmah"),
        ("zh-Hans", "哈伊马角商会")
      ),
      id: id(),
      verifyHost: "verify.chambers-of-commerce.example",
      memberNames: names(
        ("en", String(String(repeating: "Gulf International Trading & Contracting ", count: 5).prefix(200))),
        ("ar", String(String(repeating: "الشركة الخليجية الدولية للتجارة ", count: 7).prefix(200))),
        ("zh-Hans", String(repeating: "海湾国际贸易承包有限责任公司", count: 4))
      ),
      registered: [
        host, "https://www.made-in-china.example/showroom/gulf-international", "https://xn--mgba3a4f16a.example/shop",
        "https://a.example/",
      ]
    )
  }

  static func certificate(_ badge: BadgeFacts, isSample: Bool = false) throws -> CertificateFacts {
    var made = try CertificateFacts(
      badge: badge,
      programme: names(("en", "Trusted Membership"), ("ar", "العضوية الموثوقة")),
      registerNumber: "NTRAE+DU-1256293",
      membershipNumber: "495656",
      validFrom: date("2026-11-01"),
      validUntil: date("2027-10-31")
    )
    made.memberSince = try date("2019-03-04")
    made.isSample = isSample
    return made
  }

  private static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

  static let created = Instant(seconds: 1_795_335_300)

  /// Every picture this module draws, with a name.
  static func everything() throws -> [(String, Drawing)] {
    var all: [(String, Drawing)] = []
    for (label, facts) in [("short", try short()), ("long", try long())] {
      for language in Language.allCases {
        for form in BadgeForm.allCases {
          all.append(("\(label) \(form) \(language)", try Badge.draw(facts, form: form, language: language)))
        }
        all.append(("\(label) card \(language)", try QRCard.draw(facts, language: language)))
        all.append(
          (
            "\(label) certificate \(language)",
            try MembershipCertificate.page(certificate(facts, isSample: true), language: language)
          )
        )
      }
    }
    all.append(("qr", try QRCode(id(), verifyHost: "khatm.example").draw(title: "QR")))
    return all
  }
}

/// A picture as an XML parser sees it.
final class ParsedSVG: NSObject, XMLParserDelegate {
  /// An element of a drawing.
  struct Element: Equatable {
    var name: String
    var attributes: [String: String]
    var text: String
  }
  private(set) var elements: [Element] = []
  private var open: [Int] = []

  init?(_ svg: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(svg))
    parser.delegate = self
    guard parser.parse() else { return nil }
  }

  var texts: [String] { elements.filter { $0.name == "text" }.map(\.text) }

  func parser(
    _ parser: XMLParser,
    didStartElement name: String,
    namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes, text: ""))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }
}

/// A program of the distribution; nil, and a visible line, when it is not installed.
func run(_ tool: String, _ arguments: [String]) throws -> String? {
  guard
    let path = ["/usr/bin/", "/usr/local/bin/"].map({ $0 + tool }).first(where: FileManager.default.isExecutableFile)
  else {
    print("skipped: \(tool) is not installed")
    return nil
  }
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return String(decoding: output, as: UTF8.self)
}

/// A file in a folder of its own, removed afterwards.
func withFile<Result>(_ bytes: [UInt8], _ name: String, body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("artwork-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind harms nobody
  let file = folder.appendingPathComponent(name)
  try Data(bytes).write(to: file)
  return try body(file.path)
}
