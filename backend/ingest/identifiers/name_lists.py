"""Names of people that are frequent in the countries of the field, in small letters without accents.

Words that are also vendors, towns or terms of a study are left out. No list is whole: a name not listed is recognised
by the form of the id alone.
"""

from backend.ingest.identifiers.letters import word_set

GIVEN_NAMES = word_set("""
    aaron adam adriana agnes ahmed ahmet aino akira alan albert alberto alejandro aleksander alessandro alexander
    alexandra alexei alfred ali alice alicia alison amanda amelie amy ana anders andre andrea andreas andreea andrew
    andrzej angela angelika anil anita anja ann anna anne annette annika antoine anton antonella antonio antonius
    arjan arno arthur astrid barbara bart bas beate beatriz ben benjamin bernard bernd bernhard bert birgit birgitta
    bjoern bjorn boris brian brigitte bruno camille carla carlo carlos carmen carol caroline catherine cecile celine
    charles chiara chris christa christian christiane christina christine christoph christopher claire claudia claus
    cornelia cornelis cristina daan dagmar daniel daniela danielle david deborah deepak denis dennis diana diego
    dieter dirk dmitri dominik doris dorothea eduardo edward elena eleni elisabeth elizabeth elke elsa emily emma
    emmanuel erich erik erika ernst erwin esther eugen eva evelyn ewa fabian fatima federico felipe felix fernando
    filip flora francesca francesco francisco francois frank franz franziska frederic frederik friedrich fritz gabriel
    gabriela geert georg georges gerard gerda gerhard gertrud giovanni giulia giuseppe gloria gregory guenther guido
    guillaume gunter gunther gustav hanako hanna hannah hannes hans harald harry haruto heidi heike heinrich heinz
    helen helena helene helga helmut hendrik henri henrik herbert hermann hilde hiroshi holger horst hubert hugo
    ibrahim ichiro igor ilse ines inge ingeborg ingrid irene irina isabel isabelle ivan jaap jack jacob jacqueline
    jacques jakob jakub james jan jane janet janusz jason javier jean jeanne jeff jennifer jens jeremy jeroen jessica
    jiho jill jim joachim joan joao joe johan johanna johannes john jonas jonathan jorge jorn jose josef joseph joyce
    juan judith juergen juha jukka julia julian julie juliette jurgen justin kai karen karin karl karolina katarzyna
    kate katharina katherine kathleen katja kaur keith kenji kenneth kevin kim kirsi kirsten klara klaus konrad
    kristina krzysztof kurt lars laura laurence laurent leila lena leo leon leonardo lieke linda lisa lorenzo louis
    louise lucas lucia ludwig luigi luis luisa luke magdalena maja malgorzata manfred manuel manuela marc marcel marco
    marcus maren margaret margarete maria marianne marie marieke marina mario marion marjan marta martha martin
    martina mary mathias mathieu mats matteo matthew matthias matti maurice mehmet melanie mette michael michal michel
    michele michelle miguel mikael mikhail minjun minsu mohamed mohammed monica monika monique mustafa nadia nadine
    nancy natalia nathalie nicholas nicola nicolas nicole niels nikolai nils nina norbert odile olaf oleg olga oliver
    olivier oscar oskar otto pablo paola paolo pascal patricia patrick paul paula paulo pavel pawel pedro pekka peter
    petr petra philip philipp philippe pierre piet pieter piotr priya rachel rahul rainer rajesh ralf rasmus raul
    rebecca regina reinhard renate rene ricardo richard rita rob robert roberto robin roger roland rolf roman ronald
    rosa rosemarie ruben rudolf ruth ryan sabine sakura samuel sandra sanjay sara sarah sebastian sergei sergio sharon
    silvia simon sofia sofie sonia sophie soren stanislaw stefan stefania stefanie stefano stephan stephanie stephen
    steve steven sunita susan susanne sven svetlana sylvia takashi tanja taro tatiana teresa theresa thomas thorsten
    tim timothy tobias tom tomas tomasz torsten ulf ulrich ulrike ursula ute uwe valentina vera veronica victor
    victoria vijay viktor vincent vladimir volker walter waltraud wendy werner wilhelm willem william wolfgang xavier
    xiaoming yannick yasmin yoko yuki yuri yusuf yves yvonne zdenek zofia
""")
FAMILY_NAMES = word_set("""
    adams allen alvarez andersen anderson andersson bailey bakker baumann becker bell bennett berg bergmann bernard
    bianchi blanc boer bos bosch brandt braun brouwer brown bruno bruun campbell castro christensen clark clarke
    collins colombo conti cooper costa cox dahl davies davis dejong dekker dekoning delgado diaz dijk dijkman dijkstra
    doe dubois dupont durand edwards eriksson esposito evans fernandes fernandez ferrari ferreira fischer fontaine
    fournier fraser fuchs fujita gallo garcia garnier gomes gomez gonzalez graf greco green griffiths gruber gupta
    gustafsson gutierrez haas hahn hall hansen hansson harris hartmann hayes heijden heinrich hendriks hernandez
    herrmann hill hoffmann hofmann horvat horvath huang huber hughes ivanov ivanova jackson jacobs jacobsen jansen
    janssen janssens jensen jimenez johansen johansson johnson jones jonsson jorgensen kaiser kaminska kaminski kato
    keller kelly khan klein knudsen kobayashi koch kohler konig korhonen koster kowalska kowalski kramer kraus krause
    krueger kruger kuhn kuipers kumar kuznetsov lambert lang lange larsen larsson laurent leblanc leclerc lefebvre
    lefevre lehmann leroy lewandowski lewis lindberg lindgren lopes lopez lorenz lund lundberg macdonald madsen maier
    makinen marin marino marques martinez martins mayer mccarthy mccormick meier meijer mendes mendoza mercier meyer
    miller mitchell molina moller moreau moreno moretti morgan morris mueller muellers mulder muller murphy murray
    musterfrau mustermann nagel nakamura navarro nelson neumann nguyen nielsen nieminen nilsson novak novakova nowak
    obrien oconnor olsen olsson oneill ortiz otto papadopoulos parker patel pedersen peeters pereira perez persson
    petersen peterson petit petrov petrova pettersson pfeiffer pham phillips popescu popov poulsen ramirez ramos
    rasmussen reid ricci richter rivera robert roberts robertson robinson rodrigues rodriguez rogers romano romero
    rossi roux ruiz russo sanchez santos sato sauer schaefer schafer scharf scheffer schmid schmidt schmitt schmitz
    schneider scholz schouten schreiber schroder schroeder schubert schulz schulze schumacher schuster schwarz seidel
    sharma silva simmons singh smirnov smit smith smits sorensen sousa stein steiner stewart suarez sullivan suzuki
    svendsen svensson takahashi tanaka taylor thompson thomsen torres tran turner vargas vasquez vazquez vermeulen
    virtanen visser vogel voigt volkov vries wagner walker wang watanabe watson weber weiss werner westerberg white
    wiklund williams wilson winkler winter wisniewski wojcik wolff wright yamada yamamoto yang yilmaz zhang zhao zhou
    ziegler zielinski zimmermann
""")
HAN_FAMILY_NAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任"
    "沈姚卢盧姜崔钟鐘谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴佐藤鈴木高橋渡伊山中小加吉斎"
)
HANGUL_FAMILY_NAMES = frozenset("김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허남심노하곽성차주우구민유진")
