# Raw public data sets, as published: the counts of their own descriptions.
D=$RECPIPE_DATA
if ! [ -e "$D/ml-100k/u.data.gz" ]; then
	echo "no public data sets in $D"
	exit 77
fi
count() {
	preprocess -j$J -o /dev/null "$@" 2>&1 | sed 's/^preprocess: //'
}
count "$D/ml-100k/u.data.gz" --no-header --map user=1,item=2,rating=3,time=4
count --kind items "$D/ml-100k/u.item.gz" --no-header --encoding latin1 --map item=1,title=2
count "$D/ml-latest-small/ratings.csv.gz" --map user=userId,item=movieId,time=timestamp
count "$D/ml-latest-small/tags.csv.gz" --map user=userId,item=movieId,text=tag,time=timestamp
count --kind items "$D/ml-1m/movies.dat.gz" --no-header --encoding latin1 --map item=1,title=2,genres=3
count "$D/kmrd-small/rates.csv.gz" --map item=movie,rating=rate --step repeat
count --kind items "$D/kmrd-small/movies.txt.gz" --map item=movie
count --kind items "$D/mind-small-subset/news.tsv.gz" --no-header --no-quotes --map item=1,title=4
count "$D/amazon-2018-small/Appliances_5.json.gz" --map user=reviewerID,item=asin,rating=overall,time=unixReviewTime,text=reviewText --step dedup
count "$D/amazon-musical-instruments-2014/Musical_Instruments_5.json.gz" --map user=reviewerID,item=asin,rating=overall,time=unixReviewTime --step kcore
count --kind items "$D/goodbooks-10k/books.csv.gz" --map item=book_id
count "$D/open-bandit/random-men.csv.gz" --map user=user_feature_0+user_feature_1+user_feature_2+user_feature_3,item=item_id,rating=click,time=timestamp,propensity=propensity_score
