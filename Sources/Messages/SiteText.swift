/// The words of the start page, the company search and the pages that say something went wrong.
public enum SiteText: String, CaseIterable, Hashable, Sendable {
  // Start page
  case startHeading, startLead, byPage, byPageHint, byNumber, byNumberHint, byPicture, byPictureHint, check, howItWorks,
    howLook,
    howFollow, howCompare, searchCompany, forDevelopers, forDevelopersText, apiDescription, reasonCodes
  // Search
  case searchHeading, searchField, searchHint, search, searchResults, searchNothing, searchTooMany, searchTooShort,
    company,
    statusLabel, previousPage, nextPage
  // Status words in lists
  case statusActive, statusExpired, statusNotYetValid, statusSuspended, statusRevoked, statusSuperseded, statusUnknown
  // Trouble
  case notFoundHeading, notFoundText, badRequestHeading, badRequestText, tooManyHeading, tooManyText, tooLargeHeading,
    tooLargeText,
    brokenHeading, brokenText, methodHeading, methodText, backToStart

  public var texts: FourTexts {
    switch self {
    case .startHeading:
      FourTexts(
        en: "Check a badge or a certificate",
        ar: "تحقق من شارة أو شهادة",
        fr: "Vérifier un badge ou un certificat",
        zh: "核验徽章或证书"
      )
    case .startLead:
      FourTexts(
        en:
          "Is this seller really a member of a chamber of commerce, and does the badge belong to the page you are on?",
        ar: "هل هذا البائع عضو فعلًا في غرفة التجارة، وهل تخص الشارة الصفحة التي تتصفحها؟",
        fr:
          """
          Ce vendeur est-il vraiment membre d’une chambre de commerce, et le badge se rapporte-t-il à la page où vous \
          êtes\u{A0}?
          """,
        zh: "这位卖家真的是商会会员吗？徽章是否属于您所在的页面？"
      )
    case .byPage: FourTexts(en: "Address of a page", ar: "عنوان صفحة", fr: "Adresse d’une page", zh: "页面地址")
    case .byPageHint:
      FourTexts(
        en: "We read the page and look for badges.",
        ar: "نقرأ الصفحة ونبحث فيها عن الشارات.",
        fr: "Nous lisons la page et y cherchons les badges.",
        zh: "我们会读取该页面并查找徽章。"
      )
    case .byNumber: FourTexts(en: "Certificate number", ar: "رقم الشهادة", fr: "Numéro du certificat", zh: "证书编号")
    case .byNumberHint:
      FourTexts(
        en: "18 letters and digits, printed under the QR code.",
        ar: "يتألف من 18 حرفًا ورقمًا، ويُطبع أسفل رمز QR.",
        fr: "18 lettres et chiffres, imprimés sous le code QR.",
        zh: "共 18 位字母和数字，印在二维码下方。"
      )
    case .byPicture: FourTexts(en: "Badge picture", ar: "صورة الشارة", fr: "Image du badge", zh: "徽章图片")
    case .byPictureHint:
      FourTexts(
        en: "A PNG or SVG file saved from a page.",
        ar: "ملف PNG أو SVG محفوظ من إحدى الصفحات.",
        fr: "Un fichier PNG ou SVG enregistré depuis une page.",
        zh: "从页面保存的 PNG 或 SVG 文件。"
      )
    case .check: FourTexts(en: "Check", ar: "تحقق", fr: "Vérifier", zh: "核验")
    case .howItWorks: FourTexts(en: "How it works", ar: "كيف يعمل التحقق", fr: "Comment cela fonctionne", zh: "核验方法")
    case .howLook:
      FourTexts(
        en: "A picture proves nothing: anyone can copy it.",
        ar: "الصورة لا تثبت شيئًا: فبإمكان أي شخص نسخها.",
        fr: "Une image ne prouve rien\u{A0}: chacun peut la copier.",
        zh: "图片不能证明任何事：任何人都可以复制。"
      )
    case .howFollow:
      FourTexts(
        en: "Follow the badge's link, or scan its QR code, and look at the address bar.",
        ar: "افتح رابط الشارة أو امسح رمز QR الخاص بها، ثم انظر إلى شريط العنوان.",
        fr: "Suivez le lien du badge, ou scannez son code QR, et regardez la barre d’adresse.",
        zh: "请打开徽章的链接或扫描其二维码，并查看地址栏。"
      )
    case .howCompare:
      FourTexts(
        en: "Compare the registered page with the page you are on.",
        ar: "قارن الصفحة المسجلة بالصفحة التي تتصفحها.",
        fr: "Comparez la page enregistrée avec celle où vous êtes.",
        zh: "请将登记的页面与您所在的页面进行比较。"
      )
    case .searchCompany:
      FourTexts(en: "Search for a company", ar: "البحث عن شركة", fr: "Rechercher une entreprise", zh: "查找公司")
    case .forDevelopers: FourTexts(en: "For developers", ar: "للمطورين", fr: "Pour les développeurs", zh: "面向开发者")
    case .forDevelopersText:
      FourTexts(
        en: "Marketplaces can ask the same questions by program, one by one or in bulk.",
        ar: "يمكن للمنصات طرح الأسئلة نفسها برمجيًا، فرادى أو دفعة واحدة.",
        fr: "Les places de marché peuvent poser les mêmes questions par programme, une à une ou en nombre.",
        zh: "交易平台可以通过程序逐一或批量提出同样的查询。"
      )
    case .apiDescription:
      FourTexts(
        en: "Description of the interface",
        ar: "وصف واجهة البرمجة",
        fr: "Description de l’interface",
        zh: "接口说明"
      )
    case .reasonCodes:
      FourTexts(en: "List of reason codes", ar: "قائمة رموز الأسباب", fr: "Liste des codes de motif", zh: "原因代码列表")

    case .searchHeading:
      FourTexts(en: "Company search", ar: "البحث عن الشركات", fr: "Recherche d’entreprises", zh: "公司查询")
    case .searchField:
      FourTexts(
        en: "Name or register number",
        ar: "الاسم أو رقم القيد في السجل",
        fr: "Nom ou numéro d’immatriculation",
        zh: "名称或登记号"
      )
    case .searchHint:
      FourTexts(
        en: "At least two characters of the name, in any script.",
        ar: "حرفان على الأقل من الاسم، بأي لغة.",
        fr: "Au moins deux caractères du nom, dans toute écriture.",
        zh: "请输入名称中至少两个字符，文字不限。"
      )
    case .search: FourTexts(en: "Search", ar: "بحث", fr: "Rechercher", zh: "查询")
    case .searchResults:
      FourTexts(
        en: "Results: {count}",
        ar: "عدد النتائج: {count}",
        fr: "Résultats\u{A0}: {count}",
        zh: "结果：{count}"
      )
    case .searchNothing:
      FourTexts(
        en: "Nothing was found. Try another spelling of the name, or check the number on the badge.",
        ar: "لم نعثر على نتيجة. جرّب كتابة أخرى للاسم، أو تحقّق من الرقم المكتوب على الشارة.",
        fr: "Aucun résultat. Essayez une autre orthographe du nom, ou vérifiez le numéro inscrit sur le badge.",
        zh: "没有找到结果。请尝试名称的其他写法，或核验徽章上的编号。"
      )
    case .searchTooMany:
      FourTexts(
        en: "There are more results. Please write more of the name.",
        ar: "توجد نتائج أخرى. يُرجى كتابة جزء أكبر من الاسم.",
        fr: "Il y a d’autres résultats. Veuillez préciser le nom.",
        zh: "还有更多结果。请输入更完整的名称。"
      )
    case .searchTooShort:
      FourTexts(
        en: "Please write at least two characters.",
        ar: "يُرجى كتابة حرفين على الأقل.",
        fr: "Veuillez saisir au moins deux caractères.",
        zh: "请至少输入两个字符。"
      )
    case .company: FourTexts(en: "Company", ar: "الشركة", fr: "Entreprise", zh: "公司")
    case .statusLabel: FourTexts(en: "Status", ar: "الحالة", fr: "État", zh: "状态")
    case .previousPage: FourTexts(en: "Previous", ar: "السابق", fr: "Précédent", zh: "上一页")
    case .nextPage: FourTexts(en: "Next", ar: "التالي", fr: "Suivant", zh: "下一页")

    case .statusActive: FourTexts(en: "in force", ar: "سارية", fr: "en vigueur", zh: "有效")
    case .statusExpired: FourTexts(en: "ended", ar: "منتهية", fr: "expiré", zh: "已到期")
    case .statusNotYetValid:
      FourTexts(en: "not yet in force", ar: "لم تسرِ بعد", fr: "pas encore en vigueur", zh: "尚未生效")
    case .statusSuspended: FourTexts(en: "suspended", ar: "معلّقة", fr: "suspendu", zh: "已暂停")
    case .statusRevoked: FourTexts(en: "withdrawn", ar: "مسحوبة", fr: "retiré", zh: "已撤销")
    case .statusSuperseded: FourTexts(en: "replaced", ar: "مستبدلة", fr: "remplacé", zh: "已被取代")
    case .statusUnknown: FourTexts(en: "not known", ar: "غير معروفة", fr: "inconnu", zh: "未知")

    case .notFoundHeading:
      FourTexts(
        en: "There is no such page",
        ar: "هذه الصفحة غير موجودة",
        fr: "Cette page n’existe pas",
        zh: "没有此页面"
      )
    case .notFoundText:
      FourTexts(
        en: "The address may be mistyped. It says nothing about a certificate.",
        ar: "ربما كُتب العنوان خطأً. ولا يدل ذلك على شيء بشأن أي شهادة.",
        fr: "L’adresse comporte peut-être une erreur. Cela ne dit rien d’un certificat.",
        zh: "地址可能输入有误。这并不说明任何证书的情况。"
      )
    case .badRequestHeading:
      FourTexts(
        en: "We cannot read this request",
        ar: "تعذّرت قراءة هذا الطلب",
        fr: "Nous ne pouvons pas lire cette demande",
        zh: "无法读取此请求"
      )
    case .badRequestText:
      FourTexts(
        en: "Please go back and check what you entered.",
        ar: "يُرجى الرجوع والتأكد مما أدخلته.",
        fr: "Veuillez revenir en arrière et vérifier votre saisie.",
        zh: "请返回并检查您输入的内容。"
      )
    case .tooManyHeading: FourTexts(en: "Too many requests", ar: "طلبات كثيرة جدًا", fr: "Trop de demandes", zh: "请求过多")
    case .tooManyText:
      FourTexts(
        en: "Please wait and try again. Seconds to wait: {seconds}.",
        ar: "يُرجى الانتظار ثم إعادة المحاولة. عدد ثواني الانتظار: {seconds}.",
        fr: "Veuillez patienter puis réessayer. Secondes d’attente\u{A0}: {seconds}.",
        zh: "请稍候再试。等待秒数：{seconds}。"
      )
    case .tooLargeHeading:
      FourTexts(
        en: "The file is too large",
        ar: "حجم الملف كبير جدًا",
        fr: "Le fichier est trop volumineux",
        zh: "文件过大"
      )
    case .tooLargeText:
      FourTexts(
        en: "At most {limit} are read.",
        ar: "الحد الأقصى للقراءة {limit}.",
        fr: "La lecture est limitée à {limit}.",
        zh: "最多读取 {limit}。"
      )
    case .brokenHeading:
      FourTexts(
        en: "Something went wrong on our side",
        ar: "حدث خطأ من جانبنا",
        fr: "Une erreur s’est produite de notre côté",
        zh: "我们这边出了问题"
      )
    case .brokenText:
      FourTexts(
        en: "Nothing was checked. This says nothing about the certificate. Please try again later.",
        ar: "لم يُجرَ أي تحقق. ولا يدل ذلك على شيء بشأن الشهادة. يُرجى المحاولة لاحقًا.",
        fr: "Rien n’a été vérifié. Cela ne dit rien du certificat. Veuillez réessayer plus tard.",
        zh: "未进行任何核验。这并不说明证书的情况。请稍后再试。"
      )
    case .methodHeading:
      FourTexts(
        en: "This page cannot be used that way",
        ar: "لا يمكن استخدام هذه الصفحة بهذه الطريقة",
        fr: "Cette page ne s’utilise pas ainsi",
        zh: "此页面不能这样使用"
      )
    case .methodText:
      FourTexts(
        en: "Please begin again on the start page.",
        ar: "يُرجى البدء من جديد من الصفحة الرئيسية.",
        fr: "Veuillez recommencer depuis la page d’accueil.",
        zh: "请从首页重新开始。"
      )
    case .backToStart:
      FourTexts(
        en: "Back to the start page",
        ar: "العودة إلى الصفحة الرئيسية",
        fr: "Retour à la page d’accueil",
        zh: "返回首页"
      )
    }
  }
}

extension SiteText: Message {
  public var identifier: String { rawValue }

  public var parameters: [String] {
    switch self {
    case .searchResults: ["count"]
    case .tooManyText: ["seconds"]
    case .tooLargeText: ["limit"]
    default: []
    }
  }
}
