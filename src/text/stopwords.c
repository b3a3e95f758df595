/* stopwords.c: see stopwords.h. The lists are our own, from the grammars' closed word classes; contractions stand as the
 * pieces that a word splitter leaves of them ("don", "t"). */
#include "text/stopwords.h"

#include <string.h>

static const struct {
	const char *language, *words;
} lists[] = {
	{ "en", "a about above after again against all am an and any are aren as at be because been before being below between "
		"both but by can cannot could couldn d did didn do does doesn doing don down during each few for from further had "
		"hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself "
		"just let ll m me might more most must mustn my myself no nor not now of off on once only or other ought our ours "
		"ourselves out over own re s same shall shan she should shouldn so some such t than that the their theirs them "
		"themselves then there these they this those through to too under until up ve very was wasn we were weren what "
		"when where which while who whom whose why will with won would wouldn you your yours yourself yourselves" },
	{ "de", "ab aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes auch auf aus bei bin "
		"bis bist da damit dann das dass dein deine deinem deinen deiner deines dem den denn der des dich die dies diese "
		"diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure "
		"eurem euren eurer für gegen habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren "
		"ihrer ihres im in indem ins ist jede jedem jeden jeder jedes jene jenem jenen jener jenes jetzt kann kein keine "
		"keinem keinen keiner können könnte man manche mein meine meinem meinen meiner meines mich mir mit muss musste "
		"nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seines selbst sich sie sind so "
		"solche soll sollte sondern sonst über um und uns unser unsere unserem unseren unter viel vom von vor während war "
		"waren was weg weil weiter welche welchem welchen welcher welches wenn werde werden wie wieder will wir wird wirst "
		"wo wollen wollte würde würden zu zum zur zwar zwischen" },
	{ "fr", "à ai aie ait alors as au aucun aucune aussi autre aux avait avec avez avoir avons c ce ceci cela celle celles "
		"celui ces cet cette ceux chaque ci comme d dans de des donc dont du elle elles en encore entre es est et étaient "
		"était été être eu eux fait fut il ils j je l la là le les leur leurs lui m ma mais me même mes moi mon n ne ni "
		"nos notre nous on ont ou où par pas plus pour qu quand que quel quelle quelles quels qui s sa sans se sera ses si "
		"son sont sous suis sur t ta te tes toi ton tous tout toute toutes très tu un une vos votre vous y" },
	{ "es", "a al algo algunas algunos ante antes aquel aquella aquellas aquellos aquí así aún como con contra cual cuando de "
		"del desde donde dos durante e el él ella ellas ellos en entre era eran eres es esa esas ese eso esos esta está "
		"estaba están estar estas este esto estos estoy fue fueron ha había habían haber han hasta hay he la las le les lo "
		"los más me mi mí mis mucho muchos muy nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra otras "
		"otro otros para pero poco por porque que qué quien quienes se sea ser si sí sido sin sobre son soy su sus también "
		"tanto te tener tengo ti tiene tienen todo todos tu tú tus un una unas uno unos usted ustedes vosotros y ya yo" },
	{ "it", "a ad agli ai al alla alle allo anche avere aveva ben c che chi ci co coi col come con contro cui d da dagli dai "
		"dal dalla dalle dallo degli dei del della delle dello dentro di dove e è ed era erano essere fra fu gli ha hanno "
		"ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio ne negli nei nel nella nelle nello noi non "
		"nostra nostre nostri nostro o ogni per perché più può qua quale quando quella quelle quelli quello questa queste "
		"questi questo qui quindi se sei si sia siamo siete sono sta stato su sua sue sugli sui sul sulla sulle sullo suo "
		"suoi te ti tra tu tua tue tuo tuoi tutti tutto un una uno vi voi vostra vostro" },
	{ "nl", "aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een eens en er ge "
		"geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je jij jou jouw kan kon "
		"kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons onze ook op over reeds "
		"te tegen toch toen tot u uit uw van veel voor want waren was wat we werd wezen wie wij wil worden wordt zal ze "
		"zei zelf zich zij zijn zo zonder zou" },
	{ "pt", "a à ao aos aquela aquelas aquele aqueles aquilo as às até com como da das de dela delas dele deles depois do dos "
		"e é ela elas ele eles em entre era eram essa essas esse esses esta está estão estar estas estava este estes eu "
		"foi fomos foram há isso isto já la lhe lhes lo mais mas me mesmo meu meus minha minhas muito na não nas nem no "
		"nos nós nossa nossas nosso nossos num numa o os ou para pela pelas pelo pelos por qual quando que quem são se "
		"seja sem ser será seu seus só sua suas também te tem têm tenho ter teu teus tinha tu tua tuas um uma umas uns "
		"você vocês" },
	{ "sv", "alla allt att av blev bli blir de dem den denna deras dess dessa det detta dig din dina ditt du där då efter ej "
		"eller en er era ett från för ha hade han hans har henne hennes hon honom hur här i icke ingen inom inte jag ju "
		"kan kunde man med mellan men mig min mina mitt mot mycket ni nu när någon något några och om oss på samma sedan "
		"sig sin sina sitta själv skulle som så sådan till under upp ut utan vad var vara varför varit varje vem vi vid "
		"vilken vår våra vårt än är åt över" },
};

int stopwords_of(const char *language, const char **words, struct err *e)
{
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (!strcmp(lists[i].language, language)) {
			*words = lists[i].words;
			buf_release(&names);
			return 0;
		}
		buf_printf(&names, "%s%s", i ? ", " : "", lists[i].language);
	}
	err_usage(e, "no stop words for language \"%s\"; there are: %s", language, buf_text(&names));
	buf_release(&names);
	return ERR_USAGE;
}
