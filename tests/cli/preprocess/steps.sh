# Each cleaning step, with its count.
cat >e.csv <<END
user,item,rating,time,text
a,x,5,10,"It&#39;s <b>ﬁne</b> &amp; GOOD"
a,x,5,10,"It&#39;s <b>ﬁne</b> &amp; GOOD"
a,x,3,20,The runners were running
a,y,4,30,b
b,x,1,40,c
b,y,9,50,d
c,z,2,60,e
END
step() {
	preprocess -j$J --keep none,text "$@" e.csv 2>&1 || echo "exit $?"
}
preprocess -j$J --step dedup e.csv 2>&1
for keep in first last mean; do preprocess --drop text --step repeat:keep=$keep e.csv 2>&1 | sed -n '1,3p'; done
preprocess --drop text --step range:min=1,max=5 e.csv 2>&1 | sed -n '1p;$p'
preprocess --drop text --step range:max=5,clip e.csv 2>&1 | grep -e b,y -e step
preprocess --drop text --step dedup --step kcore:user=2,item=2 e.csv 2>&1
preprocess --drop text --step binarise:threshold=4 e.csv 2>&1 | sed -n '1p;3p;$p'
preprocess --drop text --step outlier:method=zscore,limit=1.5 e.csv 2>&1 | sed -n '1p;$p'
preprocess --drop text --step outlier:method=iqr e.csv 2>&1 | sed -n '1p;$p'
echo "text steps"
preprocess -q --drop time,rating --step entities --step tags --step nfkc --step lower e.csv | sed -n 2p
preprocess -q --drop time,rating --step lower --step stopwords:lang=en --step stem:lang=english e.csv | sed -n 4p
preprocess -q --drop time,rating --step tokens e.csv | sed -n '1p;4p'
printf 'user,item\nu,N1-1 N2-0\n' | preprocess -q --step explode:into=click
# What steps add stands in its canonical place, or behind all others.
printf 'colour,item,user\nred,N1-1 N2-0,u\n' | preprocess -q --step explode:into=rating --step tokens:columns=colour
printf 'colour,item,user\nred,N1-1 N2-0,u\n' | preprocess -q --step explode:into=rating --split random --out-dir canonical && head -n 1 canonical/train.csv
